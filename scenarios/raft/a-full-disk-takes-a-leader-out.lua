-- A leader whose disk refuses a write takes no part until it is restarted; the others succeed it.
local raft = require "raft"

return scenario {
  topology = { nodes = 3, raft = true },
  must_see = { "raft.stepdown" },
  always = raft.safety,
  story = function(w)
    local first = raft.leader(w)
    wait(s(2))
    step "its disk is full, and a new server makes it write"
    w:disk(first, { full = true }, s(20))
    w:join "n4"
    local second = raft.await_leader(w, first, s(16))
    expect(first:raft().role == "learner", "it still takes part")
    step "there is room again, and it is restarted"
    wait(s(20))
    w:restart(first)
    eventually(s(3), function() return first:raft().leader == second.name end, "it follows")
  end,
}
