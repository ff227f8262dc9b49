import type { Cloud } from '../../client/connect.ts'
import { patiently } from '../../client/retry.ts'
import type { Step } from '../../prompt/step.ts'
import { type CollectionState, collectionState, type GatewayCollection, missingIndexes } from '../../sql/collections.ts'

/** Creates a collection of the gateway, its indexes and its permissions. */
export const collectionStep = (cloud: Cloud, collection: GatewayCollection): Step => {
  const { name, permission, meaning } = collection
  const describe = (state: CollectionState | undefined): string => {
    const missing = missingIndexes(collection, state)
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
    plan: async () => describe(await collectionState(cloud, name)) || undefined,
    run: async () => {
      const state = await collectionState(cloud, name)
      if (!state) await patiently(() => cloud.app.database.createCollectionIfNotExists(name))
      await createIndexes(cloud, collection, missingIndexes(collection, state))
      if (state?.permission !== permission) await permit(cloud, collection)
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
  await patiently(() => app.database.updateCollection(collection, { CreateIndexes }))
}

const permit = async ({ app }: Cloud, { name: resource, permission }: GatewayCollection): Promise<void> => {
  const options = { resourceType: 'collection' as const, resource }
  await patiently(() =>
    app.permission.modifyResourcePermission(
      permission === 'ADMINONLY'
        ? { ...options, permission }
        : { ...options, permission: 'CUSTOM', securityRule: permission },
    ),
  )
}
