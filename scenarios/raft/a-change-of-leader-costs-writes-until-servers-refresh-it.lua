-- A server forwards to the leader that it knew last, and refreshes that every 5 to 10 s: for so long after an election writes still fail there.
local raft = require "raft"

return scenario {
  topology = { nodes = 3 },
  must_see = { "raft.leader", "node.crash" },
  always = raft.safety,
  story = function(w)
    local first = raft.leader(w)
    local others = raft.followers(w)
    local writers = {}
    for i, n in ipairs(others) do writers[n.name] = w:client { name = "w" .. i, server = n } end
    wait(s(1))
    step "the leader crashes"
    w:crash(first)
    local crashed = now()
    local second, took = raft.await_leader(w, first, s(11.1))
    measure("another leads after", took)
    local other = others[1] == second and others[2] or others[1]
    expect(writers[second.name]:register { service = "db", ephemeral = false }, "at the leader itself")
    measure("the leader writes after", now() - crashed)
    local ok
    repeat
      ok = writers[other.name]:register { service = "db", ephemeral = false }
      if not ok then wait(ms(500)) end
    until ok or now() - crashed > s(30)
    expect(ok, "the other never found the leader")
    measure("the other writes after", now() - crashed)
    expect(now() - crashed < s(11.1) + s(10) + s(4), "longer than an election, a look and a try")
  end,
}
