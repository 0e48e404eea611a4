/** How long trouble takes from one service to the next, by drawings. */
import { describe, expect, test } from 'vitest';
import { propagation } from '../src/diagnose/path.ts';
import type { Evidence, Span } from '../src/model.ts';
import { type DrawnCase, earlier, evidenceOf, featuresOf, later, type Many } from './case.ts';
import { column } from './draw.ts';

const delays = (drawing: DrawnCase, service = 'cart') =>
  propagation({ service, layer: 'application', cited: [] }, featuresOf(drawing), []).map(
    ({ from, to, delayMs }) => `${from} → ${to} ${delayMs}`,
  );

const failing = `
  user/browse    [==================!]
    web/GET       [===============!]
      web>cart     [========!]
        cart/get     [====!]
`;
const well = failing.replaceAll('!', '=');

describe('the delay of failures', () => {
  test('is from the end of the failed span to the end of what its caller did', () => {
    // cart ends at 10 and web at 18, though its call ended at 12: it went on for 6. user ends at 20.
    expect(delays({ baseline: earlier(well), incident: later(failing) })).toEqual([
      'cart → web 8',
      'web → user 2',
    ]);
  });

  test('does not depend on when the trouble began: only within a request', () => {
    // Twenty seconds without a request, and a quiet minute, change nothing.
    const incident = [...later(well, 10), ...later(failing, 30, { minutes: [14, 15] })];
    expect(delays({ baseline: earlier(well), incident })[0]).toBe('cart → web 8');
  });

  test('is from the first try where the caller tried again', () => {
    const retried = `
      web/GET      [=====================!]
        web>cart     [====!]
          cart/get    [==!]
        web>cart              [====!]
          cart/get             [==!]
    `;
    // cart ends at 7 and again at 16, and web at 23.
    const drawing = { baseline: earlier(retried.replaceAll('!', '=')), incident: later(retried) };
    expect(delays(drawing)).toEqual(['cart → web 16']);
  });

  test('is that of the call where the callee sent no span', () => {
    const silent = `
      web/GET      [==========!]
        web>store    [====!]
    `;
    const set = { 'web>store': { attributes: { 'server.address': 'store' } } };
    const incident = later(silent, 100, {
      set: {
        'web>store': {
          attributes: { 'server.address': 'store', 'error.type': 'connection_refused' },
          statusMessage: 'connection refused',
        },
      },
    });
    const baseline = earlier(silent.replaceAll('!', '='), 100, { set });
    // 12 less 8.
    expect(delays({ baseline, incident }, 'store')).toEqual(['store → web 4']);
  });
});

const slow = `
  web/GET       [==============================]
    web>cart     [============]
      cart/get     [========]
    web>cart                     [====]
      cart/get                    [==]
`;
const quick = `
  web/GET       [======]
    web>cart     [===]
      cart/get    [=]
`;

test('the delay of a slow request is from the call that was waited for longest', () => {
  // cart ends there at 12, and web at 31; the second, quick one ends at 21.
  expect(delays({ baseline: earlier(quick), incident: later(slow) })).toEqual(['cart → web 19']);
});

describe('clocks that differ', () => {
  /** Times of cart as its own clock tells them, `ms` behind or ahead of that of web. */
  const shifted = (ms: number): Partial<Many> => ({
    vary: (span: Span) =>
      span.service === 'cart'
        ? ({ ...span, start: span.start + ms * column, end: span.end + ms * column } as Span)
        : span,
  });

  test.each([-500, 500])('by %i ms are brought to that of the caller', (ms) => {
    const [first] = delays({
      baseline: earlier(well, 100, shifted(ms)),
      incident: later(failing, 100, shifted(ms)),
    });
    // The call takes 10 and cart 6: the difference is known to 2 either way, and the middle is taken.
    expect(first).toBe('cart → web 8');
  });
});

test('a caller that had ended before did not wait: no delay', () => {
  const message = `
    web/GET       [====!]
      web>>cart     [!]
        >>cart             [====!]
  `;
  const [first = ''] = delays({
    baseline: earlier(message.replaceAll('!', '=')),
    incident: later(message),
  });
  expect(first).toMatch(/^cart → web null$/);
});

test('what slows others is no measure of the way of this trouble', () => {
  // Slow are requests in which cart has no part; its own are as quick as ever.
  const other = `
    user/browse  [==============================]
      web/GET      [=========================]
  `;
  const asked = `
    user/browse  [=====]
      web/GET      [==]
        cart/get   []
  `;
  const drawing = {
    baseline: [...earlier(asked), ...earlier('user/browse [=====]')],
    incident: [...later(asked), ...later(other)],
  };
  expect(delays(drawing)).toEqual(['cart → web null', 'web → user null']);
});

describe('bad data', () => {
  // A job has its rows checked and writes them; requests read them, and two models are asked.
  const job = `
    job/run             [===============]
      job>checker         [===]
        checker/check      [=]
      job>features              [====]
        features/write           [==]
  `;
  const request = `
    web/GET             [====================]
      web>api             [===============]
        api/rank           [=============]
          api>features       [===]
            features/read     [=]
          api>ranker              [==]
            ranker/predict         []
          api>reranker               [==]
            reranker/predict          []
  `;
  const model = (name: string) => ({ attributes: { 'model.name': name } });
  // Nobody asks a job to run.
  const alone = { set: { 'job/run': { kind: 'internal' as const } } };
  const set = { 'ranker/predict': model('a'), 'reranker/predict': model('b') };
  const drawing: DrawnCase = {
    baseline: [...earlier(job, 20, alone), ...earlier(request, 60, { set })],
    incident: [...later(job, 20, alone), ...later(request, 60, { set })],
  };
  const ways = (service: string, ...cited: readonly Evidence[]) =>
    propagation(
      {
        ...{ service, layer: 'data' },
        cited: cited.map((evidence) => ({ evidence, direction: 'supports', weight: 0.5 })),
      },
      featuresOf(drawing),
      cited,
    ).map(({ from, to }) => `${from} → ${to}`);

  test('go from the job to the models that are fed with them, and no further', () => {
    expect(ways('job')).toEqual([
      'job → features',
      'features → api',
      'api → ranker',
      'api → reranker',
    ]);
  });

  test('where one model is seen to get worse, to that one', () => {
    const ranker = evidenceOf('ranker', 'quality', 0.9);
    expect(ways('features', ranker)).toEqual(['features → api', 'api → ranker']);
    // What its asker says of the answers counts as well.
    const api = evidenceOf('api', 'quality', 0.9);
    expect(ways('features', api)).toHaveLength(3);
  });

  test('that a validation found are those of the job that asked it', () => {
    const ranker = evidenceOf('ranker', 'quality', 0.9);
    expect(ways('checker', ranker)).toEqual([
      'checker → job',
      'job → features',
      'features → api',
      'api → ranker',
    ]);
  });

  test('that were retrieved go to whoever waited for them', () => {
    const retrieval = evidenceOf('features', 'retrieval', 0.9);
    expect(ways('features', retrieval)).toEqual(['features → api', 'api → web']);
  });
});
