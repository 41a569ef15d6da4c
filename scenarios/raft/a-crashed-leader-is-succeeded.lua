-- When the leader crashes, another leads within the lease of 5 s, a round of timers and a vote; restarted, the first follows.
local raft = require "raft"

return scenario {
  topology = { nodes = 3, raft = true },
  must_see = { "raft.leader", "raft.vote", "raft.commit" },
  always = raft.safety,
  story = function(w)
    local first = raft.leader(w)
    expect(first, "nobody leads at the start")
    wait(between(s(1), s(9)))
    step "the leader crashes"
    w:crash(first)
    -- A follower asks every 5 to 6 s whether it has heard of the leader within 5 s: 5 to 11 s, plus a vote.
    local second, took = raft.await_leader(w, first, s(11.1))
    expect(took >= s(4.5), "another leads before the lease was over: " .. took)
    measure("time without a leader", took)
    step "it comes back, with its disk"
    w:restart(first)
    eventually(s(2), function()
      local state = first:raft()
      return state.role == "follower" and state.leader == second.name and
             state.applied == second:raft().applied
    end, "the first follows the second")
  end,
}
