-- Wrong on purpose.
return scenario {
  topology = { nodes = 3, settings = { ["nacos.core.protocol.distro.data.verify.interval"] = s(5) } },
  story = function(w)
    wait(s(1))
  end,
}
