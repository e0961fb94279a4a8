// How gossipsub scores peers: being in a mesh and delivering first count a little, rejected messages by the square of
// their number, and our own penalty points (scores.ts) as they are.

/** Below these scores of gossipsub: no gossip, no own messages, nothing taken from it any more. Points count as -1. */
export const scoreThresholds = {
  gossipThreshold: -40,
  publishThreshold: -60,
  graylistThreshold: -80,
  acceptPXThreshold: 1_000,
  opportunisticGraftThreshold: 5,
} as const

/** Parameters for the router; `points` are a peer's penalty points now. */
export const scoreParams = (
  init: { readonly subscriptions: readonly string[]; readonly colocation: boolean },
  points: (peer: string) => number,
) => ({
  topicScoreCap: 50,
  appSpecificScore: (peer: string) => -points(peer),
  appSpecificWeight: 1,
  IPColocationFactorWeight: init.colocation ? 0 : -5,
  IPColocationFactorThreshold: 10,
  // Mostly promises (IWANT) that an overloaded peer could not keep; floods have their own limits.
  behaviourPenaltyWeight: -0.2,
  behaviourPenaltyThreshold: 6,
  behaviourPenaltyDecay: 0.9,
  IPColocationFactorWhitelist: new Set<string>(),
  decayInterval: 1_000,
  decayToZero: 0.01,
  retainScore: 600_000,
  topics: Object.fromEntries(
    init.subscriptions.map((topic) => [
      topic,
      {
        topicWeight: 0.1,
        timeInMeshWeight: 0.01,
        timeInMeshQuantum: 1_000,
        timeInMeshCap: 300,
        firstMessageDeliveriesWeight: 1,
        firstMessageDeliveriesDecay: 0.9,
        firstMessageDeliveriesCap: 50,
        // No deficit of deliveries: most topics are silent most of the time.
        meshMessageDeliveriesWeight: 0,
        meshMessageDeliveriesDecay: 0.5,
        meshMessageDeliveriesCap: 1,
        meshMessageDeliveriesThreshold: 1,
        meshMessageDeliveriesWindow: 10,
        meshMessageDeliveriesActivation: 60_000,
        meshFailurePenaltyWeight: 0,
        meshFailurePenaltyDecay: 0.5,
        invalidMessageDeliveriesWeight: -10,
        invalidMessageDeliveriesDecay: 0.97,
      },
    ]),
  ),
})
