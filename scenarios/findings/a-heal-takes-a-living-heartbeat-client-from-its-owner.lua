-- When a network cut heals, heartbeat clients that were never in trouble vanish for up to five seconds, on
-- the very node that hears their beats.
-- In Nacos: the cut-off node owned every client by its own list, heard no beats, removed them after 30 s and
-- kept the DELETEs for later. ConnectionBasedClientManager's and EphemeralIpPortClientManager#
-- clientDisconnected obey a DELETE from any sender (DistroClientDataProcessor#processData, PROTOCOL.md
-- 5.3, 9.5). The client's next beat is told that it is unknown (20404), and it registers again.
-- --set cured=true lets an owner ignore DELETEs by others (distrosim.deleteFromNonOwner = false): then it
-- never loses the client; a replica that obeyed is repaired by the next VERIFY.
local bounds = require "bounds"

-- The first port that n takes for its own.
local function port_of(n, ip)
  for port = 8000, 8999 do
    if n:owns(ip .. ":" .. port) then return port end
  end
  error "n owns nothing"
end

return scenario {
  params   = { cured = false },
  topology = function(p)
    return { nodes = 3, lan = { rtt = between(us(300), ms(5)) }, clients = "nacos-client-1",
             settings = p.cured and { ["distrosim.deleteFromNonOwner"] = false } or {} }
  end,
  must_see = { "link.cut", "beat.expired", "owner.changed", "sync.retried" },

  story = function(w, p)
    local a, b, c = w:nodes()
    step "a beating client of b's is known everywhere"
    local ip = "10.200.0.1"
    local beater = w:client { name = "beater", server = b, ip = ip, port = port_of(b, ip) }
    expect(beater:register { service = "shop" }, "b refused it")
    eventually(bounds.push(), function() return w:all_know(beater) end, "known everywhere")
    wait(between(s(11), s(17)))

    step "a is cut off, hears no beat, and removes it; b and c are well"
    w:partition({ a }, { b, c })
    local lost_by_b = watch(function() return not b:knows(beater) end)
    eventually(s(30) + s(19) + s(10), function() return not a:knows(beater) end, "a calls it dead")
    -- a's record is gone 5 s after its last instance, and its DELETE waits for the heal.
    wait(between(s(10), s(16)))
    expect(b:knows(beater) and c:knows(beater) and not lost_by_b:first(), "b or c lost it during the cut")

    step "the network heals, and a's DELETE is faster than its owner's VERIFY"
    -- A VERIFY that comes first finds a without the client and has it told anew; a, taking itself for the
    -- owner still, would pass that on, and the CHANGE would take the DELETE's place.
    local slow = w:intercept { to = a, op = "VERIFY", nth = "all", action = "drop" }
    w:heal()
    wait(bounds.after_heal(s(75), 3))
    slow:stop()
    eventually(s(5) + bounds.repair() + bounds.push(), function() return w:converged() end, "back everywhere")
    if not setting "distrosim.deleteFromNonOwner" then
      expect(not lost_by_b:first(), "its owner obeyed the verdict of a node that owned nothing")
      return
    end
    expect(lost_by_b:first(), "b never lost it")
    local span = lost_by_b:spans()[1]
    expect(span.to - span.from <= s(5) + ms(100), "its next beat did not bring it back")
    measure("missing on its owner for", span.to - span.from)
  end,
}
