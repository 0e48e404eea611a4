/** Writes docs/keys.md from the bindings: npm run keys. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { keysDocument } from '../dist/tui/keys-document.js';

writeFileSync(fileURLToPath(new URL('keys.md', import.meta.url)), keysDocument());
