// In which order the suites run: those of the reference app one after the other, the one last that takes it away, so that it is deployed once.

interface TestFile {
  readonly path: string
}

const order = ['contracts', 'trial', 'shop', 'orders']
const place = ({ path }: TestFile): number => order.findIndex((suite) => path.endsWith(`/${suite}.e2e.ts`))

// biome-ignore lint/style/noDefaultExport: jest takes a sequencer as the default export of its file
export default class Sequencer {
  sort(files: readonly TestFile[]): readonly TestFile[] {
    return files.toSorted((one, other) => place(one) - place(other))
  }

  /** Jest hands over what it would order the next run by. */
  cacheResults(): void {}
}
