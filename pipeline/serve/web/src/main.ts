import { mount } from 'svelte';
import App from './app.svelte';
import { start } from './live.svelte.ts';
import { listen } from './route.svelte.ts';
import './theme.css';

listen();
start();
const target = document.getElementById('page');
if (target) mount(App, { target });
