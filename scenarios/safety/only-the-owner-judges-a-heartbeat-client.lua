-- A node that hears nothing of a heartbeat client from its owner for 100 s goes on listing it, healthy.
-- Beats go to the owner alone, so a replica's silence means nothing. A replica that is not renewed goes when
-- it is idle for 180 s, not before. (Nacos 2.0 let every node judge: issues 5169, 5870, 6116.)
local bounds = require "bounds"
local shops = require "shops"

return scenario {
  params   = { beaters = 12, silent_for = s(100) },
  topology = function()
    return { nodes = 3, lan = { rtt = between(us(300), ms(5)) }, clients = "nacos-client-1" }
  end,
  must_see = { "message.timeout", "verify.failed" },
  always   = { checks.no_lost_instances { gap = s(0) }, checks.one_owner { grace = s(0) } },

  story = function(w, p)
    local a, b, c = w:nodes()
    step "a dozen beating clients are known everywhere"
    local beaters = shops.open(w, { count = p.beaters, name = "beater", service = "shop", servers = { a, b, c } })
    eventually(bounds.push(), function() return w:all_know(beaters) end, "all known everywhere")
    wait(between(s(6), s(12)))

    step "no VERIFY reaches c any more"
    local silence = w:intercept { to = c, op = "VERIFY", nth = "all", action = "drop" }
    local ill = never(function()
      for _, instance in ipairs(c:stored "shop") do
        if not instance.healthy then return true end
      end
      return false
    end, "c shows a living client as ill")
    wait(p.silent_for)
    silence:stop()
    ill:stop()
    wait(bounds.repair())
    expect(w:converged(), "somebody lists something else than what the clients publish")
  end,
}
