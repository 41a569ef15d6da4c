-- Wrong on purpose.
return scenario {
  topology = { nodes = 3, lan = { rtt = 5 } },
  story = function(w)
    wait(s(1))
  end,
}
