-- 1 staleness: the sync delay alone is 1 s
return scenario {
  topology = { nodes = 3 },
  always   = { checks.staleness { p99 = ms(500) } },
  story    = function(w)
    local a, b, c = w:nodes()
    local k = w:client { server = a }
    expect(k:register { service = "x" }, "refused")
    wait(s(10))
  end,
}
