import type { ContractRouterClient } from '@orpc/contract'
import type { WorkbenchContract } from '../../../electron/contracts/index.ts'

/** Everything the services offer, typed by the contract. */
export type Client = ContractRouterClient<WorkbenchContract>
