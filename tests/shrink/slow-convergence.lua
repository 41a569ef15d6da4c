-- Every change is everywhere within two seconds: wrong for what is said during a hiccup.
return scenario {
  topology = { nodes = 3, lan = { rtt = ms(5) } },
  budget   = { ["convergence.max"] = s(2) },
  story    = function(w)
    local fleet = w:fleet { name = "fleet", clients = 200, services = 12, over = s(10) }
    fleet:churn { register = per_second(2), close = per_second(2), update = per_second(2), for_ = s(40) }
    wait(s(15))
    w:cut("n1", "n2")
    wait(s(4))
    w:heal()
    wait(s(40))
  end,
}
