import { mount } from 'svelte'
import App from './App.svelte'
import { Workbench } from './state/workbench.svelte.ts'
import { strings } from './strings/index.ts'
import './styles/base.css'

document.documentElement.lang = strings.locale.slice(0, 2)

const target = document.getElementById('app')
if (target === null) throw new Error('index.html has no element #app')

mount(App, { target, props: { workbench: new Workbench() } })
