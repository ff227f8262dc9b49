import type { Cloud } from '../../client/connect.ts'
import { retry } from '../../client/retry.ts'
import type { Step } from '../../prompt/step.ts'
import {
  type CollectionState,
  findMissingIndexes,
  type GatewayCollection,
  readCollectionState,
} from '../../sql/collections.ts'

/** Creates the step that creates a collection with its indexes and permissions. */
export const createCollectionStep = (cloud: Cloud, collection: GatewayCollection): Step => {
  const { name, permission, meaning } = collection
  const describe = (state: CollectionState | undefined): string => {
    const missing = findMissingIndexes(collection, state)
    return [
      state ? '' : 'create',
      missing.length > 0 ? `indexes ${missing.join(', ')}` : '',
      state?.permission === permission
        ? ''
        : `${meaning}${state ? ` in place of ${state.permission || 'the default'}` : ''}`,
    ]
      .filter((change) => change !== '')
      .join('; ')
  }
  return {
    name: `collection ${name}`,
    plan: async () => describe(await readCollectionState(cloud, name)) || undefined,
    run: async () => {
      const state = await readCollectionState(cloud, name)
      if (!state) await retry(() => cloud.app.database.createCollectionIfNotExists(name))
      await createIndexes(cloud, collection, findMissingIndexes(collection, state))
      if (state?.permission !== permission) await setPermission(cloud, collection)
      const done = describe(state)
      return done === '' ? 'up to date' : `done (${done})`
    },
  }
}

const createIndexes = async (
  { app }: Cloud,
  { name: collection, indexes }: GatewayCollection,
  names: readonly string[],
): Promise<void> => {
  if (names.length === 0) return
  const CreateIndexes = names.map((name) => ({
    IndexName: name,
    MgoKeySchema: {
      MgoIndexKeys: (indexes[name] ?? []).map(([Name, Direction]) => ({ Name, Direction })),
      MgoIsUnique: false,
    },
  }))
  await retry(() => app.database.updateCollection(collection, { CreateIndexes }))
}

const setPermission = async ({ app }: Cloud, { name: resource, permission }: GatewayCollection): Promise<void> => {
  const options = { resourceType: 'collection' as const, resource }
  await retry(() =>
    app.permission.modifyResourcePermission(
      permission === 'ADMINONLY'
        ? { ...options, permission }
        : { ...options, permission: 'CUSTOM', securityRule: permission },
    ),
  )
}
