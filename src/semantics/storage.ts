/** Calls to an object store or a shared file system: where checkpoints and data sets lie. */
import type { Span } from '../model.ts';
import { firstText } from './resource.ts';

/** Attributes that only the clients of such a store set. */
const ownNames = ['aws.s3.bucket', 'aws.s3.key', 'gcp.storage.bucket', 'az.storage.container'];
/** Where a call that is plain HTTP or RPC says what it is about. */
const telling = ['url.full', 'http.url', 'url.path', 'http.target', 'rpc.service', 'rpc.method'];
const words =
  /\bcheckpoints?\b|\bs3\b|\bbuckets?\b|\bblobs?\b|\bdatasets?\b|\bartifacts?\b|object.?stor(e|age)/i;

export function isStorageCall({ kind, name, attributes }: Span): boolean {
  if (kind !== 'client') return false;
  if (firstText(attributes, ownNames) !== null) return true;
  return words.test(name) || telling.some((key) => words.test(firstText(attributes, [key]) ?? ''));
}
