-- A client that changes every 900 ms, faster than the sync delay, is shown everywhere as it was 1.2 s ago
-- at most.
-- A change that finds one of its client waiting joins it and keeps its start: sync delay 1 s + scan 0.1 s +
-- transfer 0.1 s from the first of them. If each started the delay anew, none would ever be sent.
local bounds = require "bounds"

return scenario {
  params   = { changes = 20, pace = ms(900) },
  topology = function() return { nodes = 3, lan = { rtt = between(us(300), ms(5)) } } end,
  must_see = { "sync.merged", "client.updated" },

  story = function(w, p)
    local a, b, c = w:nodes()
    wait(between(s(0), s(6)))
    step "a shop on a is known everywhere"
    local shop = w:client { name = "shop-1", server = a }
    expect(shop:register { service = "shop", weight = 1 }, "a refused it")
    eventually(bounds.push(), function() return w:all_know(shop) end, "shop-1 known everywhere")

    step "it changes its weight again and again"
    local told = {} -- weight to the moment at which it was acknowledged
    local function behind(n)
      local shown = n:stored("shop")[1].weight
      return told[shown + 1] and now() - told[shown + 1] or s(0)
    end
    local lag = never(function() return behind(b) > bounds.push() or behind(c) > bounds.push() end,
                      "somebody shows what was changed more than 1.2 s ago")
    for weight = 2, p.changes do
      wait(p.pace)
      expect(shop:update { service = "shop", weight = weight }, "a refused an update")
      told[weight] = now()
    end
    wait(bounds.push())
    lag:stop()
    expect(w:converged(), "the last change is missing somewhere")
  end,
}
