import { PALETTE } from '@rddpm/report/pictures';
import { render } from 'preact';
import { arrive } from './actions.ts';
import { watchSleep } from './sleep.ts';
import './style.css';
import { App } from './view/app.tsx';

const palette = document.createElement('style');
palette.textContent = PALETTE;
document.head.prepend(palette);
render(<App />, document.getElementById('app')!);
watchSleep();
void arrive();
