-- API.md 7: seen, the time until the last live node answers queries with an acknowledged operation: 0.5 to 0.6 s after it
-- is stored, at once for the first instance of a service; a later operation supersedes an earlier one.
return scenario {
  topology = { nodes = 3 },
  budget   = { ["convergence.max"] = s(1.2), ["convergence.count"] = 4, ["seen.count"] = 4, ["seen.p50"] = s(1.7),
               ["seen.max"] = s(1.75) },
  story    = function(w)
    local k = w:client { server = "n1" }
    k:register { service = "shop" }
    wait(s(5))
    k:update { service = "shop", weight = 2 }
    wait(s(5))
    k:update { service = "shop", weight = 3 }
    k:update { service = "shop", weight = 4 }
    wait(s(5))
    w:crash "n3"
    k:deregister "shop"
    wait(s(5))
    w:restart "n3"
    wait(s(20))
  end,
}
