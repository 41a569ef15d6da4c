-- API.md 4: nodes in no group can talk to none, a site brings its nodes and clients, and a changed link lasts until
-- healed; so also for a node that joins and a client that opens meanwhile.
return scenario {
  topology = { sites = { east = 2, west = 1 }, wan = { rtt = ms(10) } },
  must_see = { "node.join", "link.cut", "link.degraded" },
  story = function(w)
    local e1, e2, w1 = w:nodes()
    local function took(k)
      local from = now()
      expect(k:register { service = "x" }, "refused")
      return now() - from
    end

    step "the link of a site is slow, also for a client that opens there later"
    w:link("east", "west", { rtt = s(1) })
    local late = w:client { name = "late", server = e1, site = nil }
    local far = w:client { name = "far", server = w1 }
    wait(s(10))
    expect(took(late) < ms(100), "its own site is not concerned")
    expect(took(far) < ms(100), "its own site is not concerned")
    far:connect(e1)
    wait(s(15))
    expect(took(far) >= s(1), "from west to east takes long")
    w:heal()
    expect(took(far) < ms(100), "healed")

    step "a node that joins during a partition of nodes is with nobody"
    w:partition({ e1 }, { e2, w1 })
    local e3 = w:join("e3", { site = "east" })
    wait(s(30))
    expect(not e3:state().initialised and not e3:state().rpc[e1.name], "e3 has loaded across a partition")
    w:heal()
    eventually(s(60), function() return e3:state().initialised end, "healed, e3 loads")

    step "one that joins during a partition of sites is with its site"
    w:partition({ "east" }, { "west" })
    local e4 = w:join("e4", { site = "east" })
    eventually(s(60), function() return e4:state().initialised end, "e4 loads from its own site")
    expect(e4:state().rpc[e1.name] and not e4:state().rpc[w1.name], "e4 hears west")
    w:heal("east", "west")

    step "an isolated node is isolated from whoever joins"
    w:isolate(w1)
    local e5 = w:join("e5", { site = "east" })
    eventually(s(60), function() return e5:state().initialised end, "e5 loads")
    wait(s(20))
    expect(not e5:state().rpc[w1.name] and not w1:state().rpc[e5.name], "e5 hears w1")
    w:heal(w1, { e1, e2, e3, e4, e5 })
    local e6 = w:join("e6", { site = "east" })
    wait(s(30))
    expect(e5:state().rpc[w1.name], "the heal was of this pair, too")
    expect(not e6:state().rpc[w1.name], "e6 was not healed with w1")
    w:heal()
    eventually(s(60), function() return w:converged() end, "all is well")
  end,
}
