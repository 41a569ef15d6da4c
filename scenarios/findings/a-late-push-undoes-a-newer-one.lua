-- For up to five seconds after a change a node shows what was there before it, although it had shown the
-- change already.
-- In Nacos: DistroClientDataProcessor#upgradeClient takes over whatever arrives, and does not compare
-- revisions (PROTOCOL.md 5.2). A slow push is overtaken by the next one and undoes it; the next VERIFY
-- finds the revisions different and repairs that.
-- --set cured=true drops what is older (distrosim.acceptOlderRevision = false).
local bounds = require "bounds"

return scenario {
  params   = { cured = false, late = s(2.8) },
  topology = function(p)
    return { nodes = 3, lan = { rtt = between(us(300), ms(5)) },
             settings = p.cured and { ["distrosim.acceptOlderRevision"] = false } or {} }
  end,
  must_see = { "message.delayed", "client.updated", "sync.applied" },

  story = function(w, p)
    local a, b, c = w:nodes()
    local function shown_by_b() return b:stored("shop")[1].weight end
    step "a shop on a is known everywhere; no VERIFY reaches b for a while"
    local shop = w:client { name = "shop-1", server = a }
    expect(shop:register { service = "shop", weight = 1 }, "a refused it")
    eventually(bounds.push(), function() return w:all_know(shop) end, "shop-1 known everywhere")
    wait(between(s(6), s(12)))
    local no_verify = w:intercept { from = a, to = b, op = "VERIFY", nth = "all", action = "drop" }

    step "its weight becomes two, slowly for b, and then three"
    local slow = w:intercept { from = a, to = b, op = "CHANGE", action = "delay", by = p.late }
    expect(shop:update { service = "shop", weight = 2 }, "a refused an update")
    eventually(bounds.push(), function() return slow:seen() == 1 end, "the slow push is under way")
    wait(between(ms(100), s(1)))
    expect(shop:update { service = "shop", weight = 3 }, "a refused an update")
    eventually(bounds.push(), function() return shown_by_b() == 3 end, "b shows three")
    local undone = watch(function() return shown_by_b() == 2 end)
    wait(p.late)
    no_verify:stop()
    eventually(bounds.repair(), function() return w:converged() end, "all agree on three")
    -- A VERIFY under way was dropped with the others.
    local cured = not setting "distrosim.acceptOlderRevision"
    expect(cured == (undone:first() == nil), cured and "b went back to two" or "b never went back to two")
  end,
}
