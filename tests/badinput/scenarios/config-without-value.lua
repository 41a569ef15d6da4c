-- Nothing to publish.
return scenario {
  topology = { nodes = 1 },
  story = function(w)
    w:publish_config { id = "app" }
  end,
}
