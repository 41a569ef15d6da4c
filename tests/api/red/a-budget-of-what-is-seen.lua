-- 1 budget: a change is stored everywhere in 1.2 s and seen half a second later
return scenario {
  topology = { nodes = 3 },
  budget   = { ["convergence.max"] = s(1.2), ["seen.count"] = 3, ["seen.max"] = s(1.2) },
  story    = function(w)
    local k = w:client { server = "n1" }
    k:register { service = "shop" }
    wait(s(5))
    k:update { service = "shop", weight = 2 }
    wait(s(5))
    k:deregister "shop"
    wait(s(5))
  end,
}
