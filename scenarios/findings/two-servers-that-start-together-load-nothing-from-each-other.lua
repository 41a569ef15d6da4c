-- Two of three servers are restarted at once. Both say that they have loaded and are in order, and answer
-- empty lists, although the third server knows everything.
-- In Nacos: DistroLoadDataTask asks the first peer that answers and takes any answer for success; a peer
-- serves its snapshot whether or not it has loaded (DistroDataRequestHandler#handleSnapshot; PROTOCOL.md
-- 7, incident NDB-18, nacos#8436). The first two load nothing from each other. The third one's VERIFY, 5 s
-- later or, if it had missed them, a little more, brings them its own clients, though not the replicas that it
-- keeps of others.
-- --set cured=true goes on to the next peer (distrosim.emptySnapshotIsSuccess = false).
local bounds = require "bounds"
local shops = require "shops"

return scenario {
  params   = { cured = false, shops = 20 },
  topology = function(p)
    return { nodes = 3, lan = { rtt = between(us(300), ms(5)) },
             settings = { ["distrosim.emptySnapshotIsSuccess"] = not p.cured and setting "distrosim.emptySnapshotIsSuccess",
                          ["nacos.naming.data.warmup"] = true } }
  end,
  must_see = { "node.boot", "snapshot.served", "node.loaded" },

  story = function(w, p)
    local a, b, c = w:nodes()
    step "shops are open on c, known everywhere"
    local open = shops.open(w, { count = p.shops, name = "shop", service = "shop", servers = { c } })
    eventually(bounds.push(), function() return w:all_know(open) end, "all shops known everywhere")
    wait(between(s(6), s(12)))

    step "a and b restart at once"
    local function empty_though_loaded()
      return a:state().initialised and a:count() == 0 and b:state().initialised and b:count() == 0
    end
    local wrong = watch(empty_though_loaded)
    w:restart(a)
    w:restart(b)
    eventually(s(1), function() return a:state().initialised and b:state().initialised end, "both have loaded")

    if not setting "distrosim.emptySnapshotIsSuccess" then
      eventually(s(1), function() return w:converged() end, "with all that c knows")
      expect(not wrong:first(), "one of them had loaded nothing")
      return
    end
    expect(wrong:first(), "one of them had loaded something")
    step "c's VERIFY tells them"
    -- At once if it holds them for UP still; else reconnect and report come first.
    eventually(bounds.after_heal(s(0), 3) + bounds.repair(), function() return w:converged() end, "all agree")
    local span = wrong:spans()[1]
    measure("in order and empty for", span.to - span.from)
  end,
}
