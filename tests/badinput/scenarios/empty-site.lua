-- Wrong on purpose.
return scenario {
  topology = { sites = { shanghai = 3, frankfurt = 0 } },
  story = function(w)
    wait(s(1))
  end,
}
