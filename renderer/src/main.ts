import { mount } from 'svelte'
import App from './App.svelte'
import { Workbench } from './state/workbench.svelte.ts'
import './styles/base.css'

const target = document.getElementById('app')
if (target === null) throw new Error('index.html has no element #app')

mount(App, { target, props: { workbench: new Workbench() } })
