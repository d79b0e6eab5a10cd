import { defineConfig, type Plugin, type Rollup } from 'vite';

const WORKER = 'sw.js';

/** Tells the service worker the files that the map consists of, those too that are loaded later. */
function shell(): Plugin[] {
  const files = new Set<string>();
  const find: Plugin = {
    name: 'altaigis-shell-find',
    generateBundle(_, bundle) {
      const map = Object.values(bundle).find(
        (each) => each.type === 'chunk' && each.facadeModuleId?.endsWith('/index.html'),
      );
      if (!map) throw new Error('the map is missing');
      const add = (name: string): void => {
        const chunk = bundle[name];
        if (files.has(name) || !chunk) return;
        files.add(name);
        if (chunk.type === 'chunk') for (const each of needs(chunk)) add(each);
      };
      add(map.fileName);
      // Fonts and pictures are named in style sheets, and the page names its icon.
      for (const name of Object.keys(bundle)) if (/\.(woff2|svg)$/.test(name)) files.add(name);
    },
  };
  const tell: Plugin = {
    name: 'altaigis-shell-tell',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const worker = bundle[WORKER];
        if (worker?.type !== 'chunk') throw new Error('the worker of the map is missing');
        // A part that is style alone is no file in the end.
        const names = [...files].filter((name) => name in bundle).sort();
        // The names hold the digests of what they name: together they change when anything does.
        const version = names.map((name) => /-([\w-]{8})\./.exec(name)?.[1] ?? name).join('');
        worker.code = worker.code.replaceAll('__SHELL__', JSON.stringify({ version, files: names }));
      },
    },
  };
  return [find, tell];
}

const needs = (chunk: Rollup.OutputChunk): string[] => [
  ...chunk.imports,
  ...chunk.dynamicImports,
  ...(chunk.viteMetadata?.importedCss ?? []),
];

/** The file for what the map needs from the start, and that for what of it the station's page needs as well. */
function firstView(id: string, modules: Rollup.ChunkingContext): string | null {
  const [map, page] = ['./src/main.ts', './src/station-page.ts'].map((entry) => needed(entry, modules));
  return map?.has(id) ? (page?.has(id) ? 'common' : 'map') : null;
}

/** A module and all that it imports at once. */
function needed(entry: string, modules: Rollup.ChunkingContext): Set<string> {
  const found = new Set([decodeURIComponent(new URL(entry, import.meta.url).pathname)]);
  // What is added on the way is looked at, too.
  for (const id of found) for (const each of modules.getModuleInfo(id)?.importedIds ?? []) found.add(each);
  return found;
}

// Relative addresses everywhere: the map may be served below any prefix behind a proxy.
export default defineConfig({
  base: './',
  plugins: [shell()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // Fonts and images stay files of their own: they are cached apart from the code.
    assetsInlineLimit: 0,
    // Swagger UI is one bundle of this size and loads on its own page alone.
    chunkSizeWarningLimit: 2000,
    // Pages that the server writes find their scripts by it.
    manifest: 'manifest.json',
    rollupOptions: {
      input: ['index.html', 'api.html', 'src/station-page.ts', 'src/offline/worker.ts'],
      // What the map begins with is one file, not twenty: each costs a request and its headers.
      // A worker answers what lies below it: its file stands beside the page.
      output: {
        codeSplitting: { groups: [{ name: firstView }] },
        entryFileNames: ({ facadeModuleId }) =>
          facadeModuleId?.endsWith('/offline/worker.ts') ? WORKER : 'assets/[name]-[hash].js',
      },
    },
  },
});
