-- 1 no_zombies: the lease is longer than this grace
return scenario {
  topology = { nodes = 3 },
  always   = { checks.no_zombies { grace = s(100) } },
  story    = function(w)
    local a, b, c = w:nodes()
    local k = w:client { server = a }
    expect(k:register { service = "x" }, "refused")
    wait(s(10))
    w:intercept { op = "DELETE", action = "drop", nth = "all" }
    k:close()
    wait(s(120))
  end,
}
