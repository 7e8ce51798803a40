import type { Reporter, TestModule } from 'vitest/node';

export type ClosingLineOptions = {
  /** Projects that the run leaves out -> why. */
  readonly skippedProjects: Readonly<Record<string, string>>;
};

/** Ends a run with `N passed, N failed` on a line of its own, the form that every CI can count, after naming all that is skipped and why. */
export default class ClosingLine implements Reporter {
  private readonly skippedProjects: ClosingLineOptions['skippedProjects'];

  constructor({ skippedProjects }: ClosingLineOptions) {
    this.skippedProjects = skippedProjects;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    let passed = 0;
    let failed = unhandledErrors.length;
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      for (const test of tests) {
        const result = test.result();
        if (result.state === 'passed') passed++;
        else if (result.state === 'failed') failed++;
        else if (result.state === 'skipped') print(`skipped: ${test.fullName} (${result.note ?? 'no reason given'})`);
      }
      if (module.state() === 'failed' && tests.every((test) => test.result().state !== 'failed')) failed++; // it didn't load
    }
    for (const [name, reason] of Object.entries(this.skippedProjects)) print(`skipped: all tests on ${name} (${reason})`);
    print(`\n${passed} passed, ${failed} failed`);
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
