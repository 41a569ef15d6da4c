-- While a link between two of three servers is down, heartbeat clients that died stay listed as healthy by
-- servers that can reach each other, for as long as the link is down.
-- In Nacos: DistroMapper#responsible asks the node's own healthy list. a has lost c and shares the clients
-- with b alone; b still counts three. Some have two owners, a and b, and each one's VERIFY counts as a beat
-- with the other (ClientBeatUpdateTask, PROTOCOL.md 9.7), so neither ever calls the client dead.
-- --set cured=true lets VERIFY renew replicas only (distrosim.verifyRenewsOwner = false). So does an owner that
-- vouches only for whom it hears (distrosim.verifyUnheard = false), which costs no client a beat.
local bounds = require "bounds"

-- The first port that a and b both take for their own.
local function port_of_both(a, b, ip)
  for port = 8000, 8999 do
    if a:owns(ip .. ":" .. port) and b:owns(ip .. ":" .. port) then return port end
  end
  error "there is none"
end

return scenario {
  params   = { cured = false, dead_for = minutes(10) },
  topology = function(p)
    return { nodes = 3, lan = { rtt = between(us(300), ms(5)) }, clients = "nacos-client-1",
             settings = p.cured and { ["distrosim.verifyRenewsOwner"] = false } or {} }
  end,
  must_see = { "link.cut", "member.down", "owner.changed", "client.killed" },

  story = function(w, p)
    local a, b, c = w:nodes()
    step "the link between a and c is cut, and both come to hold the other for DOWN"
    wait(between(s(6), s(12)))
    w:cut(a, c)
    eventually(s(20), function() return a:state().members.n3 == "DOWN" and c:state().members.n1 == "DOWN" end,
               "a and c gave each other up")

    step "a client that both a and b take for theirs registers, beats for a while, and dies"
    local ip = "10.200.0.1"
    local beater = w:client { name = "beater", server = b, ip = ip, port = port_of_both(a, b, ip) }
    expect(beater:register { service = "shop" }, "b refused it")
    eventually(bounds.push() + bounds.repair(), function() return a:knows(beater) and b:knows(beater) end,
               "a and b know it")
    wait(between(s(11), s(17)))
    beater:kill()
    local died = now()

    if not setting "distrosim.verifyRenewsOwner" or not setting "distrosim.verifyUnheard" then
      -- The first to remove it tells the other; if a VERIFY of that one crosses the DELETE, once more.
      eventually((s(30) + s(5) + bounds.push()) * 2, function() return w:none_knows(beater) end,
                 "gone, as it should be")
      return
    end
    step "they keep each other's copy alive"
    wait(p.dead_for)
    for _, n in ipairs { a, b } do
      expect(n:knows(beater), n.name .. " does not list the dead any more")
      expect(n:stored("shop")[1].healthy, n.name .. " shows the dead as ill")
    end

    step "the link is back, one owner is left, and counts the beats"
    w:heal()
    eventually(bounds.after_heal(p.dead_for, 3) + s(30) + s(5) + bounds.push(), function()
      return w:none_knows(beater)
    end, "gone everywhere")
    measure("listed though dead for", now() - died)
  end,
}
