import type { Cloud } from '../cloud/connect.ts'
import { patiently } from '../cloud/retry.ts'
import type { Step } from '../cloud/step.ts'
import {
  type CollectionState,
  collectionState,
  missingIndexes,
  usageIndexes,
  usageRule,
} from '../cloud/usage-collection.ts'

/** Creates the collection of usage records, its indexes and its permissions. */
export const collectionStep = (cloud: Cloud, name: string): Step => {
  const describe = (state: CollectionState | undefined): string =>
    [
      state ? '' : 'create',
      missingIndexes(state).length > 0 ? `indexes ${missingIndexes(state).join(', ')}` : '',
      state?.permission === usageRule ? '' : 'users read their own records and write none',
    ]
      .filter((change) => change !== '')
      .join('; ')
  return {
    name: `collection ${name}`,
    plan: async () => describe(await collectionState(cloud, name)) || undefined,
    run: async () => {
      const state = await collectionState(cloud, name)
      if (!state) await patiently(() => cloud.app.database.createCollectionIfNotExists(name))
      await createIndexes(cloud, name, missingIndexes(state))
      if (state?.permission !== usageRule) await permit(cloud, name)
      const done = describe(state)
      return done === '' ? 'up to date' : `done (${done})`
    },
  }
}

const createIndexes = async ({ app }: Cloud, collection: string, names: readonly string[]): Promise<void> => {
  if (names.length === 0) return
  const CreateIndexes = names.map((name) => ({
    IndexName: name,
    MgoKeySchema: {
      MgoIndexKeys: (usageIndexes[name] ?? []).map(([Name, Direction]) => ({ Name, Direction })),
      MgoIsUnique: false,
    },
  }))
  await patiently(() => app.database.updateCollection(collection, { CreateIndexes }))
}

const permit = async ({ app }: Cloud, resource: string): Promise<void> => {
  await patiently(() =>
    app.permission.modifyResourcePermission({
      resourceType: 'collection',
      resource,
      permission: 'CUSTOM',
      securityRule: usageRule,
    }),
  )
}
