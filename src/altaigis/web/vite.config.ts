import { defineConfig } from 'vite';

// Relative addresses everywhere: the map may be served below any prefix behind a proxy.
export default defineConfig({
  base: './',
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
    rollupOptions: { input: ['index.html', 'api.html', 'src/station-page.ts'] },
  },
});
