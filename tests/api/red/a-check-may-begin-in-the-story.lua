-- 1 no_zombies: always takes a check, too
return scenario {
  topology = { nodes = 3 },
  story    = function(w)
    local a, b, c = w:nodes()
    always(checks.no_zombies { grace = s(5) })
    local k = w:client { server = a }
    expect(k:register { service = "x" }, "refused")
    wait(s(8))
    k:kill()
    wait(s(20))
  end,
}
