-- Two of three servers down: registering a persistent instance and changing metadata fail, ephemeral instances come and go as ever.
local raft = require "raft"

return scenario {
  topology = { nodes = 3 },
  must_see = { "node.crash" },
  always = raft.safety,
  story = function(w)
    local leader = raft.leader(w)
    local others = raft.followers(w)
    local shop = w:client { name = "shop-1", server = leader }
    local db = w:client { name = "db-1", server = leader }
    expect(db:register { service = "db", ephemeral = false }, "with a leader")
    expect(shop:register { service = "shop" }, "an ephemeral one")
    step "two crash"
    w:crash(others)
    wait(s(10)) -- the leader steps down 4.5 to 7 s later
    expect(leader:raft().role ~= "leader", "it still leads")
    local more = w:client { name = "db-2", server = leader }
    local ok, why = more:register { service = "db", ephemeral = false }
    expect(not ok and why == "refused", "a persistent write without a leader: " .. tostring(why))
    ok, why = w:override { service = "shop", ip = shop.ip, enabled = false, server = leader }
    expect(not ok and why == "no leader", "a change of metadata without a leader: " .. tostring(why))
    local late = w:client { name = "shop-2", server = leader }
    expect(late:register { service = "shop" }, "ephemeral instances need no leader")
    wait(ms(600)) -- the list that queries are answered from
    expect(#leader:instances "shop" == 2 and #leader:instances "db" == 1, "reads go on")
    step "they come back"
    w:restart(others)
    local second = raft.await_leader(w, nil, s(12))
    wait(s(11)) -- until every server has looked again who leads
    expect(more:register { service = "db", ephemeral = false }, "with a leader again")
    expect(second, "a leader")
  end,
}
