/** The imports of a case after the fact. */
import type { ImportRow, Store } from '../model.ts';
import { openStore } from '../store/index.ts';

/** @throws {UserError} if there is no case. */
export async function listImports(path: string): Promise<readonly ImportRow[]> {
  const store = openStore(path, 'read');
  try {
    return await store.imports();
  } finally {
    await store.close();
  }
}

/**
 * Changes imports and computes anew what depends on them: all at once, or nothing if it fails.
 * @throws {UserError} if there is no case, or `change` names no import of it.
 */
export async function editImports(
  path: string,
  change: (store: Pick<Store, 'removeImport' | 'labelImport'>) => Promise<void>,
): Promise<void> {
  // Opened to write it would be made.
  await openStore(path, 'read').close();
  const store = openStore(path, 'write');
  try {
    await change(store);
    await store.summarise();
  } finally {
    await store.close();
  }
}
