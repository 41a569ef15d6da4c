-- Wrong on purpose.
return scenario {
  topology = { sites = { hongkong = 1, amsterdam = 1 }, rtt_from = rtt_table("nowhere", { hongkong = "East Asia", amsterdam = "West Europe" }) },
  story = function(w)
    wait(s(1))
  end,
}
