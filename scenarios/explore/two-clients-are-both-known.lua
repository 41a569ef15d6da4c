-- Two clients of two servers that register at once are both known everywhere.
return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  always   = { checks.no_lost_instances {} },
  story    = function(w)
    local a, b = w:nodes()
    local one = w:client { name = "one", server = a }
    local two = w:client { name = "two", server = b }
    one:post "register" { service = "shop" }
    two:register { service = "shop" }
    wait(s(30))
    expect(w:all_know(one) and w:all_know(two), "one or two is not known everywhere")
  end,
}
