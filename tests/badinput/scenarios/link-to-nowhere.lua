-- Wrong on purpose.
return scenario {
  topology = { sites = { hongkong = 1, amsterdam = 1 }, links = { ["hongkong>rotterdam"] = { rtt = ms(1) } } },
  story = function(w)
    wait(s(1))
  end,
}
