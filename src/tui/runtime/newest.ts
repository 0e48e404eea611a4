/** Questions that may come faster than they are answered, such as at every letter of a filter. */

interface Waiting<Question> {
  readonly question: Question;
  resolve(answer: unknown): void;
  reject(error: unknown): void;
}

/** Of each kind one is asked at a time; of those that come meanwhile the last, the others are refused. */
export function onlyNewest<Question>(
  ask: (question: Question) => Promise<unknown>,
  refusal: () => Error,
) {
  /** By kinds of which one is asked; null: none waits behind it. */
  const behind = new Map<string, Waiting<Question> | null>();
  const go = (kind: string, { question, resolve, reject }: Waiting<Question>): void => {
    behind.set(kind, null);
    ask(question)
      .then(resolve, reject)
      .finally(() => {
        const next = behind.get(kind);
        behind.delete(kind);
        if (next) go(kind, next);
      });
  };
  return {
    ask: (kind: string, question: Question): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const waiting = { question, resolve, reject };
        if (!behind.has(kind)) return go(kind, waiting);
        behind.get(kind)?.reject(refusal());
        behind.set(kind, waiting);
      }),
    /** Refuses those that wait. */
    forget(error: Error): void {
      for (const [kind, waiting] of behind) {
        waiting?.reject(error);
        behind.set(kind, null);
      }
    },
  };
}
