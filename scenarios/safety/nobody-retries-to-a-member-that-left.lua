-- When a node that was out of reach is taken off the list, the pushes that waited for it are dropped within
-- 3.2 s, and nothing is sent to it any more.
-- Each waits for its retry (3 s) and a scan (0.1 s), finds that its target is no member, and is done. What
-- it should have brought is the business of VERIFY, should the node come back.
local bounds = require "bounds"
local shops = require "shops"

local function pending(w)
  local total = 0
  for _, n in ipairs(w:live_nodes()) do total = total + n:state().pending end
  return total
end

return scenario {
  params   = { shops = 20 },
  topology = function() return { nodes = 5, lan = { rtt = between(us(300), ms(5)) } } end,
  must_see = { "sync.retried", "node.leave", "member.removed", "sync.dropped" },
  always   = { checks.no_lost_instances {} },

  story = function(w, p)
    local a, b, c, d, e = w:nodes()
    step "e is cut off; shops open on the other side, and their pushes to e wait"
    w:partition({ a, b, c, d }, { e })
    local open = shops.open(w, { count = p.shops, name = "shop", service = "shop", servers = { a, b, c, d } })
    wait(between(s(10), s(20)))
    expect(pending(w) > 0, "nothing waits for e")

    step "e is taken off the list"
    w:leave(e)
    eventually(s(3) + ms(100) + bounds.push(), function() return pending(w) == 0 end, "nothing waits any more")
    expect(shops.known_to({ a, b, c, d }, open), "a member that stays lacks a shop")

    step "nobody calls e any more"
    local calls = w:traffic { to = e }.messages
    wait(s(30))
    expect(w:traffic { to = e }.messages == calls, "e is called though it left")
    expect(pending(w) == 0, "something waits again")
  end,
}
