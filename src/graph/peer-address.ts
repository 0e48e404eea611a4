export type PeerKind = 'peer' | 'host' | 'rpc' | 'database' | 'messaging' | 'ip';

export interface PeerName {
  readonly kind: PeerKind;
  readonly name: string;
}

/** Every name a client span gives for its callee, strongest first, split by kind. */
export interface PeerAddress {
  readonly names: readonly PeerName[];
}
