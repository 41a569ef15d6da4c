-- 1 budget: figures and measures are a gate, in the story or as a field
return scenario {
  topology = { nodes = 1 },
  budget   = { ["wan.bytes"] = mib(5), mine = s(3) },
  story    = function()
    budget { ["convergence.p99"] = s(12) }
    measure("mine", s(4))
  end,
}
