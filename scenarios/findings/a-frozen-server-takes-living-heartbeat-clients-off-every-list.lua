-- While one server is frozen, heartbeat (1.x) clients that it owned vanish from all servers, although they
-- are alive, beat, and have two healthy servers to beat to.
-- In Nacos: until the frozen server is held for DOWN (19 s), the others forward its clients' beats to it in
-- vain (DistroFilter, 2 s, answered 500). The 1.x client then asks the next server, in time the frozen one
-- itself, and waits for that answer for as long as its HTTP client does: 50 s
-- (com.alibaba.nacos.client.naming.rtimeout). Its new owner removes it after 30 s of silence
-- (ExpiredInstanceChecker; incidents NDB-09 and NDB-30).
-- A stop of 10 s does no harm: --set stopped_for=10s. Nor does any stop if a server that cannot pass a beat on counts it
-- itself (--set cured=true, distrosim.writeIfForwardFails and orderedRevisions): the client has no reason to ask the
-- frozen one.
local bounds = require "bounds"
local shops = require "shops"

return scenario {
  params   = { stopped_for = s(60), beaters = 60, cured = false },
  topology = function(p)
    return { nodes = 3, lan = { rtt = between(us(300), ms(5)) }, clients = "nacos-client-1",
             settings = p.cured and { ["distrosim.writeIfForwardFails"] = true,
                                      ["distrosim.orderedRevisions"] = true } or {} }
  end,
  must_see = { "node.pause", "node.resume", "write.forwarded" },

  story = function(w, p)
    local a, b, c = w:nodes()
    step "sixty beating clients, of servers b and c, are known everywhere"
    local beaters = shops.open(w, { count = p.beaters, name = "beater", service = "shop", servers = { b, c } })
    eventually(bounds.push(), function() return w:all_know(beaters) end, "all known everywhere")
    wait(between(s(11), s(17)))
    local owned = a:state().owned
    expect(owned > 0, "a owns nobody")
    measure("clients of the frozen server", owned)

    step "a freezes"
    local fewest = p.beaters
    local missing = watch(function()
      fewest = math.min(fewest, #b:stored "shop")
      return not (b:knows(beaters) and c:knows(beaters))
    end)
    w:pause(a, p.stopped_for)
    wait(p.stopped_for)

    step "a goes on; within a minute everybody has beaten again"
    eventually(s(50) + s(5) + bounds.after_heal(p.stopped_for, 3), function() return w:converged() end,
               "everybody is back")
    if p.stopped_for <= s(10) or setting "distrosim.writeIfForwardFails" then
      expect(not missing:first(), "a living client was dropped")
      return
    end
    expect(missing:first(), "b and c lost nobody")
    measure("living clients missing on b, at worst", p.beaters - fewest)
  end,
}
