import { App } from './app';

const painted = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));

await new App().start();
await painted();
document.documentElement.dataset.ready = 'true';
