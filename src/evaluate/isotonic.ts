/**
 * Scores → how often they are right, never less often for a higher score: isotonic regression by
 * pool-adjacent-violators (Ayer and others 1955; for calibration Zadrozny and Elkan 2002).
 */

export interface Scored {
  readonly score: number;
  readonly right: boolean;
}

/** Answers of neighbouring scores that are right equally often. */
export interface Block {
  /** Mean of their scores. */
  readonly score: number;
  /** Share of them that is right. */
  readonly right: number;
  readonly n: number;
}

/** By score; none of no answers. */
export function isotonicFit(answers: readonly Scored[]): readonly Block[] {
  const ordered = [...answers].sort((a, b) => a.score - b.score);
  const blocks: Block[] = [];
  for (const { score, right } of ordered) {
    let block: Block = { score, right: Number(right), n: 1 };
    // Equal scores are one block, whatever came first.
    for (
      let last = blocks.at(-1);
      last && (last.right >= block.right || last.score === block.score);
      last = blocks.at(-1)
    ) {
      blocks.pop();
      block = pooled(last, block);
    }
    blocks.push(block);
  }
  return blocks;
}

function pooled(a: Block, b: Block): Block {
  const n = a.n + b.n;
  const mean = (x: number, y: number): number => (x * a.n + y * b.n) / n;
  return { score: mean(a.score, b.score), right: mean(a.right, b.right), n };
}
