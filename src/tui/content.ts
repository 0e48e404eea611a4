/**
 * What people and models said to each other: not shown on the terminal until it is asked for,
 * because whoever looks over a shoulder was not spoken to.
 */
import type { Log, TemplateLine } from '../model.ts';
import { eventNameOf, isContent, saysContent } from '../semantics/index.ts';
import { plural } from '../text.ts';

/** Attributes with what was said taken out: how long it is stands in its place. */
export function discreet(
  attributes: Readonly<Record<string, unknown>>,
  event = '',
  shownBy = 'P',
): Readonly<Record<string, unknown>> {
  const hidden = (key: string): boolean => isContent(key, event);
  if (!Object.keys(attributes).some(hidden)) return attributes;
  return Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [
      key,
      hidden(key) ? hiddenText(textOf(value), shownBy) : value,
    ]),
  );
}

/** A log record; with what was said taken out of its body and attributes, unless that is asked for. */
export function shownLog(log: Log, revealed: boolean): Log {
  if (revealed) return log;
  const event = eventNameOf(log);
  const attributes = discreet(log.attributes, event) as Log['attributes'];
  if (!saysContent(log)) return attributes === log.attributes ? log : { ...log, attributes };
  return { ...log, attributes, body: `${event} ${hiddenText(log.body)}`.trim() };
}

/** The template of a statement; without what was said, unless that is asked for. */
export const shownTemplate = (
  { template, content }: Pick<TemplateLine, 'template' | 'content'>,
  revealed: boolean,
): string => (content && !revealed ? hiddenText(template) : template);

/** What stands in its place; `shownBy`: a key or flag. */
export const hiddenText = (text: string, shownBy = 'P'): string =>
  `(${plural(text.length, 'character')} hidden, ${shownBy} shows)`;

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
