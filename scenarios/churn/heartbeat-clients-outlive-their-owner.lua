-- When the owner of beating (1.x) clients crashes, none of them is missing anywhere; some may be shown
-- unhealthy until their next beat.
-- Until the survivors hold the owner for DOWN (12 s at most) they forward beats to a dead node in vain.
-- Then a tag maps to one of them, who last heard of the client by VERIFY, 5 s before the crash at most: 17
-- s of silence and 5 s to the next beat make 22 s. That is over 15 s (unhealthy) and under 30 s (removed).
local bounds = require "bounds"
local shops = require "shops"

local function all_healthy(n, count)
  local listed = n:stored "shop"
  for _, instance in ipairs(listed) do
    if not instance.healthy then return false end
  end
  return #listed == count
end

return scenario {
  params   = { beaters = 30 },
  topology = function()
    return { nodes = 3, lan = { rtt = between(us(300), ms(5)) }, clients = "nacos-client-1" }
  end,
  must_see = { "node.crash", "member.down", "owner.changed" },
  always   = { checks.no_lost_instances { gap = s(0) }, checks.one_owner { grace = s(15) },
               checks.no_empty_service { grace = bounds.push() } },

  story = function(w, p)
    local a, b, c = w:nodes()
    step "thirty beating clients are known everywhere, healthy"
    local beaters = shops.open(w, { count = p.beaters, name = "beater", service = "shop", servers = { b, c } })
    eventually(s(6), function() return w:all_know(beaters) end, "all known everywhere")
    wait(between(s(20), s(26)))
    expect(all_healthy(b, p.beaters) and all_healthy(c, p.beaters), "unhealthy before anything happened")

    step "a, the owner of about ten of them, crashes"
    local owned = a:state().owned
    expect(owned > 0, "a owns nobody")
    measure("clients that lost their owner", owned)
    w:crash(a)
    local blip = watch(function() return not (all_healthy(b, p.beaters) and all_healthy(c, p.beaters)) end)

    step "the survivors share its clients, and their beats arrive again"
    -- DOWN 12 s, a beat 5 s and the 2 s of a forward that timed out, a push of the recovered health.
    wait(s(12) + s(5) + s(2) + bounds.push())
    expect(all_healthy(b, p.beaters) and all_healthy(c, p.beaters), "somebody alive is still shown unhealthy")
    measure("spells of wrong ill health", #blip:spans())
    wait(s(20))
    expect(all_healthy(b, p.beaters) and all_healthy(c, p.beaters), "health did not last")
  end,
}
