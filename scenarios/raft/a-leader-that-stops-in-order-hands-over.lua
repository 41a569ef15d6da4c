-- A leader that stops in good order tells the follower that is furthest to stand: no time-out has to pass.
local raft = require "raft"

return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) }, raft = true },
  must_see = { "node.stop", "raft.vote" },
  always = raft.safety,
  story = function(w)
    local first = raft.leader(w)
    wait(between(s(1), s(9)))
    w:stop(first)
    local _, took = raft.await_leader(w, first, ms(50))
    measure("time without a leader", took)
  end,
}
