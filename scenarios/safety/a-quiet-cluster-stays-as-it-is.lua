-- In ten quiet minutes no client is dropped, marked ill or told anew: not a connected client, not a beating
-- one, on no node.
-- Ten minutes are three leases (180 s) and twenty removal times of heartbeat clients (30 s); VERIFY and
-- beats, every 5 s, hold both off. Nothing changes, so no VERIFY fails and no push is sent.
local bounds = require "bounds"
local shops = require "shops"

local function all_healthy(w)
  for _, n in ipairs { w:nodes() } do
    for _, instance in ipairs(n:stored "shop") do
      if not instance.healthy then return false end
    end
  end
  return true
end

return scenario {
  params   = { quiet = minutes(10) },
  topology = function() return { nodes = 3, lan = { rtt = between(us(300), ms(5)) } } end,
  must_see = { "verify.ok", "client.updated" },
  always   = { checks.no_lost_instances { grace = s(6), gap = s(0) }, checks.no_empty_service { grace = s(6) },
               checks.verify_quiet {}, checks.no_native_expiry {}, checks.view_matches_store {} },

  story = function(w, p)
    local servers = { w:nodes() }
    step "ten connected and ten beating shops are open, and have changed once"
    local open = shops.open(w, { count = 10, name = "shop", service = "shop", servers = servers })
    shops.open(w, { count = 10, name = "beater", service = "shop", servers = servers, kind = "nacos-client-1" })
    eventually(s(6), function() return w:converged() end, "all known everywhere")
    for _, shop in ipairs(open) do
      expect(shop:update { service = "shop", weight = 2 }, "an update was refused")
    end
    wait(bounds.push() + bounds.repair())
    expect(w:converged(), "not at rest")

    step "quiet"
    local changes = w:traffic { op = "CHANGE" }.messages
    local ill = never(function() return not all_healthy(w) end, "a living instance is shown ill")
    wait(p.quiet)
    ill:stop()
    expect(w:converged(), "the nodes drifted apart in quiet")
    expect(w:traffic { op = "CHANGE" }.messages == changes, "a CHANGE was sent although nothing changed")
    expect(w:traffic { op = "DELETE" }.messages == 0, "a DELETE was sent although nobody left")
  end,
}
