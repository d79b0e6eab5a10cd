import { App } from './app';

const painted = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));

// Not awaited here: what comes later imports from the file that this line is in, and would wait for it.
void new App()
  .start()
  .then(painted)
  .then(() => {
    document.documentElement.dataset.ready = 'true';
  });
