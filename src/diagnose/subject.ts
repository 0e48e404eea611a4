/** Who a sentence about a cause is of: the service, and the part of it that the evidence is about. */

/**
 * `cart`; `cart, instance cart-0,` with a comma to go on behind; `cart on host h1`. Services,
 * operations and edges are told by the rest of the sentence.
 */
export function subjectOf(service: string, entity: string): string {
  const [, kind = '', id = ''] = /^([^:]+):(.*)$/s.exec(entity) ?? [];
  switch (kind) {
    case '':
    case 'service':
    case 'operation':
    case 'edge':
      return service;
    case 'host':
      return `${service} on host ${id}`;
    case 'model':
    case 'version': {
      const at = id.lastIndexOf('@');
      const [name, version] = at < 0 ? [id, ''] : [id.slice(0, at), id.slice(at + 1)];
      const parts = [
        kind === 'model' && name !== service ? `model ${name}` : '',
        version === '' ? '' : `version ${version}`,
      ].filter((part) => part !== '');
      return parts.length === 0 ? service : `${service}, ${parts.join(' ')},`;
    }
    default: {
      const own = id.startsWith(`${service}/`) ? id.slice(service.length + 1) : id;
      return `${service}, ${kind} ${kind === 'attribute' ? own.replace('=', ' ') : own},`;
    }
  }
}
