-- A server whose disk was taken while it was down is sent everything again; the others lack nothing meanwhile.
local raft = require "raft"

return scenario {
  topology = { nodes = 3, raft = true },
  must_see = { "node.crash", "raft.commit" },
  always = { checks.election_safety {}, checks.state_machine_safety {} },
  story = function(w)
    local leader = raft.leader(w)
    local other = raft.followers(w)[1]
    w:crash(other)
    w:wipe(other)
    wait(s(3))
    w:restart(other)
    eventually(s(5), function()
      local state = other:raft()
      return state.role == "follower" and state.leader == leader.name and
             state.applied == leader:raft().applied
    end, "it has everything again")
  end,
}
